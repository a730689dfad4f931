'use strict';
// A process that is started before anybody knows for which function: it loads this client and the modules
// that functions commonly use, waits for its variables on descriptor 3, and is used once.

const fs = require('fs');

const ORDER_PIPE = 3;
const COMMON = [
  'assert', 'async_hooks', 'buffer', 'child_process', 'crypto', 'dns', 'events', 'http', 'https', 'module',
  'net', 'os', 'path', 'perf_hooks', 'querystring', 'stream', 'string_decoder', 'timers/promises', 'tls',
  'url', 'util', 'worker_threads', 'zlib',
];

function readOrder() {
  const pieces = [];
  const piece = Buffer.allocUnsafe(65536);
  for (;;) {
    const count = fs.readSync(ORDER_PIPE, piece, 0, piece.length, null);
    if (count === 0) break;
    pieces.push(Buffer.from(piece.subarray(0, count)));
  }
  fs.closeSync(ORDER_PIPE);
  return Buffer.concat(pieces).toString('utf8');
}

function takeVariables(order) {
  // Whoever was to give the order has ended: so does this.
  if (order === '') process.exit(1);
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const variable of order.split('\0')) {
    const equals = variable.indexOf('=');
    if (equals > 0) process.env[variable.slice(0, equals)] = variable.slice(equals + 1);
  }
}

// Returns when the process is a function's: as if it had been started with the function's variables.
function becomeFunction() {
  for (const name of COMMON) require(name);
  for (const own of ['./api.js', './errors.js', './context.js', './handler.js']) require(own);

  takeVariables(readOrder());
  process.chdir(process.env.LAMBDA_TASK_ROOT);
}

module.exports = { becomeFunction };
