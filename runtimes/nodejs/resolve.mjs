// Resolution hook for ES modules: a bare name that the usual search does not find is looked up in the
// directories of NODE_PATH, as CommonJS does by itself.
import { pathToFileURL } from 'node:url';

let directories = [];

export function initialize(data) {
  directories = data.directories;
}

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^[a-z]+:/.test(specifier)) throw error;
    for (const directory of directories) {
      // The search climbs from the parent, so a parent beside node_modules makes it look inside.
      const parentURL = pathToFileURL(`${directory.replace(/\/node_modules\/?$/, '')}/index.mjs`).href;
      try {
        return await next(specifier, { ...context, parentURL });
      } catch (again) {
        if (again.code !== 'ERR_MODULE_NOT_FOUND') throw again;
      }
    }
    throw error;
  }
}
