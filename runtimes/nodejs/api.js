'use strict';
// Client of the Lambda Runtime API over one keep-alive socket.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// An answer and the poll for the next invocation leave in one write. While a handler runs the socket does
// not keep the event loop alive, so "the loop is empty" means that the function has nothing left to do.

const net = require('net');

const PREFIX = '/2018-06-01/runtime/';

class RuntimeApi {
  constructor(address) {
    const colon = address.lastIndexOf(':');
    this.host = address;
    this.pieces = [];
    this.length = 0;
    this.waiting = [];
    this.writing = 0;
    this.socket = net.connect(Number(address.slice(colon + 1)), address.slice(0, colon));
    this.socket.setNoDelay(true);
    this.socket.on('data', (piece) => this.receive(piece));
    this.socket.on('error', () => process.exit(1));
    this.socket.on('close', () => process.exit(1));
    this.poll = `GET ${PREFIX}invocation/next HTTP/1.1\r\nHost: ${address}\r\n\r\n`;
    this.polling = false;
  }

  next() {
    if (!this.polling) this.socket.write(this.poll);
    this.polling = false;
    return this.answer();
  }

  respond(requestId, body) {
    return this.postAndPoll(`invocation/${requestId}/response`, body, null);
  }

  reportError(requestId, body, errorType) {
    return this.postAndPoll(`invocation/${requestId}/error`, body, errorType);
  }

  // Of a process that ends afterwards: it asks for no other invocation, which would die with it.
  reportLastError(requestId, body, errorType) {
    this.socket.write(this.post(`invocation/${requestId}/error`, body, errorType));
    return this.answer();
  }

  reportInitError(body, errorType) {
    this.socket.write(this.post('init/error', body, errorType));
    return this.answer();
  }

  // A streamed answer: a chunked request, written piece by piece between these.
  streamHead(requestId, contentType) {
    return `POST ${PREFIX}invocation/${requestId}/response HTTP/1.1\r\nHost: ${this.host}\r\n` +
      `Content-Type: ${contentType}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n` +
      'Transfer-Encoding: chunked\r\n' +
      'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n';
  }

  writeStream(parts, done) {
    // A write that waits for its client is something left to do.
    this.socket.ref();
    this.writing += 1;
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))), (error) => {
      this.writing -= 1;
      if (this.writing === 0 && this.waiting.length === 0) this.socket.unref();
      done(error);
    });
  }

  finishStream(parts) {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
    return this.answer();
  }

  postAndPoll(path, body, errorType) {
    this.polling = true;
    this.socket.write(Buffer.concat([this.post(path, body, errorType), Buffer.from(this.poll)]));
    return this.answer();
  }

  post(path, body, errorType) {
    const bytes = Buffer.from(body, 'utf8');
    let head = `POST ${PREFIX}${path} HTTP/1.1\r\nHost: ${this.host}\r\nContent-Type: application/json\r\n`;
    if (errorType) {
      head += `Lambda-Runtime-Function-Error-Type: ${String(errorType).replace(/[^\x20-\x7e]/g, '?')}\r\n`;
    }
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${bytes.length}\r\n\r\n`), bytes]);
  }

  answer() {
    this.socket.ref();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.deliver();
    });
  }

  receive(piece) {
    this.pieces.push(piece);
    this.length += piece.length;
    this.deliver();
  }

  deliver() {
    while (this.waiting.length > 0 && this.length > 0) {
      if (this.needed && this.length < this.needed) return;
      const all = this.pieces.length === 1 ? this.pieces[0] : Buffer.concat(this.pieces);
      this.pieces = [all];
      const end = all.indexOf('\r\n\r\n');
      if (end < 0) return;
      const lines = all.toString('latin1', 0, end).split('\r\n');
      const headers = {};
      for (let i = 1; i < lines.length; i += 1) {
        const colon = lines[i].indexOf(':');
        headers[lines[i].slice(0, colon).toLowerCase()] = lines[i].slice(colon + 1).trim();
      }
      const total = end + 4 + Number(headers['content-length'] || 0);
      if (all.length < total) {
        this.needed = total;
        return;
      }
      this.needed = 0;
      this.pieces = all.length > total ? [all.subarray(total)] : [];
      this.length = all.length - total;
      if (this.waiting.length === 1 && this.writing === 0) this.socket.unref();
      const status = Number(lines[0].split(' ', 2)[1]);
      this.waiting.shift()({ status, headers, body: all.subarray(end + 4, total) });
    }
  }
}

module.exports = { RuntimeApi };
