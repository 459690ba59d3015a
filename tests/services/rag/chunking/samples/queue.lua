-- A queue of jobs.
local M = {}

local LIMIT = 100

M.version = "1.0"

--- Creates a queue.
-- @param name what it is called
-- @return the queue
function M.new(name)
  local self = setmetatable({}, { __index = M })
  self.name = name
  self.first = 1
  return self
end

--- Adds a job.
function M:push(job)
  if #self >= LIMIT then
    error("full")
  end
  self[#self + 1] = job
end

M.pop = function(self)
  local job = self[self.first]
  self.first = self.first + 1
  return job
end

local function trim(text)
  local left = text:gsub("^%s+", "")
  local right = left:gsub("%s+$", "")
  return right
end

local visit = function(node)
  return trim(node)
end

function globalHelper()
  return 1
end

local handlers = {
  open = function(path)
    return io.open(path)
  end,
}

return M
