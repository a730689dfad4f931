'use strict';
// Error reports: what the Runtime API and the log are told when a function fails.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html

class Fault extends Error {
  constructor(type, message, stack) {
    super(message);
    this.name = type;
    if (stack) this.stack = stack;
  }
}

// Errors of another realm (vm contexts, jest) fail instanceof but look the same.
function isError(value) {
  return value !== null && typeof value === 'object' &&
    (value instanceof Error || Object.prototype.toString.call(value) === '[object Error]');
}

function toReport(error) {
  try {
    if (isError(error)) {
      return {
        errorType: String(error.name).replace(/\x7F/g, '%7F'),
        errorMessage: String(error.message).replace(/\x7F/g, '%7F'),
        trace: String(error.stack || '').replace(/\x7F/g, '%7F').split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return { errorType: 'handled', errorMessage: 'the error cannot be read', trace: [] };
  }
}

// The form of the log line: own properties (code, errno, ...) are shown as well.
function toLogForm(error) {
  if (!isError(error)) return { errorType: typeof error, errorMessage: String(error), stack: [] };
  return {
    errorType: error.name || 'Error',
    errorMessage: error.message,
    ...error,
    stack: String(error.stack || '').split('\n'),
  };
}

module.exports = { Fault, isError, toReport, toLogForm };
