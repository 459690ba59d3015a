'use strict';

const http = require('http');
const LIMIT = 10;

/**
 * A server.
 */
function Server(options) {
  this.options = options;
  this.routes = [];
}

// Starts to listen.
Server.prototype.listen = function (port, done) {
  const server = http.createServer(this.handle);
  server.listen(port, done);
  return server;
};

class Router extends Base {
  #routes = [];
  static instance = null;

  add(path, handler) {
    this.#routes.push([path, handler]);
  }

  async *walk() {
    yield* this.#routes;
  }

  #find(path) {
    return this.#routes.find(([known]) => known === path);
  }
}

const app = exports = module.exports = {};

app.use = function use(middleware) {
  this.stack.push(middleware);
  return this;
};

exports.create = (options) => {
  const server = new Server(options);
  return server;
};

function* ids() {
  let next = 1;
  while (true) yield next++;
}

module.exports.helpers = {
  escape(text) {
    return text.replace(/</g, '&lt;');
  },
  join: (parts) => parts.join('/'),
};
