-- Writes what a web ACL inspects into headers of the request, transformed as its statements say ("Using text
-- transformations in AWS WAF"). INSPECTED lists {header, "path" | "query" | name of a header, transformations}.

local transformations = {}

function transformations.URL_DECODE(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

function transformations.LOWERCASE(text)
  return text:lower()
end

function transformations.NORMALIZE_PATH(text)
  local segments = {}
  for segment in text:gmatch("[^/]+") do
    if segment == ".." and #segments > 0 and segments[#segments] ~= ".." then
      table.remove(segments)
    elseif segment ~= "." then
      table.insert(segments, segment)
    end
  end
  local path = table.concat(segments, "/")
  if text:sub(1, 1) == "/" then
    path = "/" .. path
  end
  if #segments > 0 and (text:sub(-1) == "/" or text:sub(-2) == "/.") then
    path = path .. "/"
  end
  return path
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local path, query = headers:get(":path"):match("^([^?]*)%??(.*)$")
  for _, inspected in ipairs(INSPECTED) do
    local name, field = inspected[1], inspected[2]
    local text = field == "path" and path or field == "query" and query or headers:get(field) or ""
    for _, transformation in ipairs(inspected[3]) do
      text = transformations[transformation](text)
    end
    -- A header takes no control characters; no statement searches for one.
    headers:replace(name, (text:gsub("%c", " ")))
  end
end
