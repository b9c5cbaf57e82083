// CloudFront function: writes the viewer's address into X-Forwarded-For (SEC-3).
//
// The service takes the first entry for the client, for its limit of failed logins. CloudFront adds to what the viewer
// sent, so a viewer could choose that entry. Written here and not deleted: it is the first entry then, whether CloudFront
// adds its own before or after. "Restrictions on all edge functions" (CloudFront developer guide) lists the header neither
// as disallowed nor as read-only.
function handler(event) {
  const request = event.request;
  request.headers["x-forwarded-for"] = { value: event.viewer.ip };
  return request;
}
