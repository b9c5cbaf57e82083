// Functions of CloudFront as a process: each request names one, and what it is to change. The event is that of "CloudFront
// Functions event structure"; a failing function is answered with 503, as by CloudFront.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const vm = require("node:vm");

const [folder, port] = process.argv.slice(2);
const HEADER = "x-header-";
const handlers = new Map();

function handlerOf(name) {
  const file = path.join(folder, path.basename(name));
  const changed = fs.statSync(file).mtimeMs;
  const known = handlers.get(name);
  if (known?.changed === changed) return known.handler;
  const handler = vm.runInNewContext(`${fs.readFileSync(file, "utf8")}\n;handler`, { console });
  handlers.set(name, { changed, handler });
  return handler;
}

function pairsOf(text, separator) {
  const found = {};
  for (const part of text.split(separator).filter(Boolean)) {
    const [name, ...value] = part.trim().split("=");
    found[name] = { value: value.join("=") };
  }
  return found;
}

function eventOf(asked) {
  const [uri, querystring = ""] = asked["x-path"].split(/\?(.*)/s);
  const headers = {};
  for (const [name, value] of Object.entries(asked)) {
    if (name.startsWith(HEADER)) headers[name.slice(HEADER.length)] = { value };
  }
  const cookies = pairsOf(headers.cookie?.value ?? "", ";");
  delete headers.cookie;
  return {
    version: "1.0",
    context: { eventType: "viewer-request" },
    viewer: { ip: asked["x-viewer"] },
    request: { method: asked["x-method"], uri, querystring: pairsOf(querystring, "&"), headers, cookies },
  };
}

function joined(pairs, separator) {
  return Object.entries(pairs)
    .flatMap(([name, one]) => (one.multiValue ?? [one]).map(({ value }) => (value === "" ? name : `${name}=${value}`)))
    .join(separator);
}

function headersOf(result) {
  const headers = {};
  for (const [name, { value }] of Object.entries(result.headers ?? {})) headers[HEADER + name.toLowerCase()] = value;
  return headers;
}

async function answer(request, response) {
  const event = eventOf(request.headers);
  // A copy, because the function changes its event.
  const sent = structuredClone(event.request);
  const result = await handlerOf(request.url)(event);
  if (result.statusCode) {
    response.writeHead(200, { "x-answer": "response", "x-status": String(result.statusCode), ...headersOf(result) });
    response.end(typeof result.body === "object" ? result.body.data : result.body);
    return;
  }
  const headers = headersOf(result);
  const cookies = joined(result.cookies, "; ");
  if (cookies) headers[`${HEADER}cookie`] = cookies;
  const same = JSON.stringify(result.querystring) === JSON.stringify(sent.querystring);
  const query = same ? request.headers["x-path"].split(/\?(.*)/s)[1] : joined(result.querystring, "&");
  headers["x-path"] = result.uri + (query ? `?${query}` : "");
  response.writeHead(200, { "x-answer": "request", ...headers });
  response.end();
}

http
  .createServer({ maxHeaderSize: 65536 }, (request, response) => {
    answer(request, response).catch((error) => {
      console.error(`${request.url}: ${error.stack}`);
      response.writeHead(503).end();
    });
  })
  .listen(Number(port), "127.0.0.1");
