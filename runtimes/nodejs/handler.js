'use strict';
// Finding the handler named by _HANDLER ("file.export", "dir/file.export", "file.object.method"), CommonJS
// or ES module.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');
const { Fault, isError } = require('./errors.js');

function splitName(name) {
  const base = path.basename(name);
  const dot = base.indexOf('.');
  if (name.includes('..') || dot <= 0 || dot === base.length - 1) {
    throw new Fault('Runtime.MalformedHandlerName', name.includes('..')
      ? `'${name}' is not a valid handler name: it must not contain '..'.`
      : 'Bad handler');
  }
  const directory = name.slice(0, name.length - base.length);
  return { file: directory + base.slice(0, dot), members: base.slice(dot + 1).split('.') };
}

function isEsModule(file, root) {
  if (file.endsWith('.mjs')) return true;
  if (!file.endsWith('.js')) return false;
  for (let directory = path.dirname(file); ; directory = path.dirname(directory)) {
    const description = path.join(directory, 'package.json');
    if (fs.existsSync(description)) return JSON.parse(fs.readFileSync(description, 'utf8')).type === 'module';
    if (directory === root || directory === path.dirname(directory)) return false;
  }
}

// ES modules ignore NODE_PATH; layers and the SDK are found by asking CommonJS where a bare name lives.
function openSearchPathToEsModules() {
  const directories = (process.env.NODE_PATH || '').split(':').filter((each) => each && fs.existsSync(each));
  const { register } = require('module');
  if (directories.length === 0 || !register) return;
  register('./resolve.mjs', { parentURL: pathToFileURL(__filename), data: { directories } });
}

async function loadModule(root, file) {
  const base = path.resolve(root, file);
  const found = ['', '.js', '.mjs', '.cjs'].map((ending) => base + ending)
    .find((each) => fs.existsSync(each) && fs.statSync(each).isFile());
  if (found && isEsModule(found, root)) {
    openSearchPathToEsModules();
    return import(pathToFileURL(found).href);
  }
  return require(found || require.resolve(file, { paths: [root, path.dirname(base)] }));
}

async function loadHandler(root, name) {
  const { file, members } = splitName(name);
  let exported;
  try {
    exported = await loadModule(root, file);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new Fault('Runtime.UserCodeSyntaxError', String(error), error.stack);
    }
    // As on AWS a missing ES module is told as Node.js tells it, and only that of require() by this name.
    if (isError(error) && error.code === 'MODULE_NOT_FOUND') {
      throw new Fault('Runtime.ImportModuleError', `Error: ${error.message}`, error.stack);
    }
    throw error;
  }
  const pick = (from) => members.reduce((value, member) => (value == null ? value : value[member]), from);
  const handler = pick(exported) ?? pick(exported.default);
  if (handler === undefined || handler === null) {
    throw new Fault('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof handler !== 'function') throw new Fault('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler;
}

module.exports = { loadHandler };
