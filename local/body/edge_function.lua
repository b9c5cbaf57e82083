-- Runs a function of CloudFront for each request, in the process of functions. FUNCTION is its path there.

local HEADER = "x-header-"

local function asked(handle)
  local headers = handle:headers()
  local question = {
    [":method"] = "POST",
    [":path"] = FUNCTION,
    [":authority"] = "functions",
    ["x-method"] = headers:get(":method"),
    ["x-path"] = headers:get(":path"),
    ["x-viewer"] = handle:streamInfo():downstreamRemoteAddress():gsub(":%d+$", ""),
  }
  for name, value in pairs(headers) do
    if name:sub(1, 1) ~= ":" then
      question[HEADER .. name] = value
    end
  end
  return question
end

local function apply(headers, answer)
  local gone = {}
  for name in pairs(headers) do
    if name:sub(1, 1) ~= ":" and answer[HEADER .. name] == nil then
      table.insert(gone, name)
    end
  end
  for _, name in ipairs(gone) do
    headers:remove(name)
  end
  for name, value in pairs(answer) do
    if name:sub(1, #HEADER) == HEADER then
      headers:replace(name:sub(#HEADER + 1), value)
    end
  end
  headers:replace(":path", answer["x-path"])
end

function envoy_on_request(handle)
  local answer, body = handle:httpCall("functions", asked(handle), "", 1000)
  if answer["x-answer"] == "request" then
    apply(handle:headers(), answer)
    return
  end
  local response = { [":status"] = answer["x-status"] or "503" }
  for name, value in pairs(answer) do
    if name:sub(1, #HEADER) == HEADER then
      response[name:sub(#HEADER + 1)] = value
    end
  end
  handle:respond(response, body or "")
end
