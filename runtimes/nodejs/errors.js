'use strict';
// Error reports: what the Runtime API and the log are told when a function fails.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html

class Fault extends Error {
  constructor(type, message, stack) {
    super(message);
    // Not among the properties that a log line shows: its type says the same.
    Object.defineProperty(this, 'name', { value: type, configurable: true });
    if (stack) this.stack = stack;
  }
}

// Errors of another realm (vm contexts, jest) fail instanceof but look the same.
function isError(value) {
  try {
    return value !== null && typeof value === 'object' &&
      (value instanceof Error || Object.prototype.toString.call(value) === '[object Error]');
  } catch {
    return false;  // a proxy that refuses to be looked at
  }
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
    const errorMessage = 'callback called with Error argument, but there was a problem while ' +
      'retrieving one or more of its message, name, and stack';
    return { errorType: 'handled', errorMessage, trace: [] };
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

// A replacer for JSON.stringify: errors inside of others show themselves in `form`, each once, as those of
// clients often lead back to themselves.
function showErrors(form, ...shown) {
  return (key, value) => {
    if (typeof value === 'bigint') return value.toString();
    if (!isError(value)) return value;
    if (shown.includes(value)) return String(value);
    shown.push(value);
    return form(value);
  };
}

module.exports = { Fault, isError, toReport, toLogForm, showErrors };
