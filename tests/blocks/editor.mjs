// An editor's own code in a window of jsdom: `parse` and `serialize` of its blocks.
//
// Two ways to get one: npm's packages (the newest that the registry has), or the scripts of an unpacked WordPress, in the order
// in which its own script loader lists them.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `modules`: the folder above `node_modules`. */
const requiring = (modules) => createRequire(pathToFileURL(join(modules, 'package.json')));

function emptyWindow(modules, options) {
  const { JSDOM, VirtualConsole } = requiring(modules)('jsdom');
  // what a block finds wrong is told by us, not on its console
  const { window } = new JSDOM('<!doctype html><body></body>', {
    url: 'http://localhost/', pretendToBeVisual: true, virtualConsole: new VirtualConsole(), ...options,
  });
  const nothing = () => {};
  class Observer { observe() {} unobserve() {} disconnect() {} }
  window.matchMedia ??= () => ({ matches: false, addListener: nothing, removeListener: nothing, addEventListener: nothing, removeEventListener: nothing });
  window.ResizeObserver ??= Observer;
  window.IntersectionObserver ??= Observer;
  window.requestIdleCallback ??= (run) => setTimeout(run, 0);
  window.cancelIdleCallback ??= clearTimeout;
  Object.assign(window, { TextEncoder, TextDecoder });
  return window;
}

/** The editor of an unpacked WordPress; `root` holds `wp-includes`. */
export function ofWordPress(modules, root) {
  const scripts = join(root, 'wp-includes/js/dist');
  // 7.1 has one list for both kinds of files, under the names of those that aren't minified
  const lists = ['.min.php', '.php'].map((end) => `${root}/wp-includes/assets/script-loader-packages${end}`);
  const list = lists.find(existsSync);
  const packages = JSON.parse(execFileSync('php', ['-r', 'echo json_encode(include $argv[1]);', list]));
  const before = { 'react-dom': ['react'], 'react-jsx-runtime': ['react'] };
  const seen = new Set(), files = [];
  const need = (handle) => {
    if (seen.has(handle)) return;
    seen.add(handle);
    const name = handle.replace(/^wp-/, '') + '.min.js';
    const known = handle.startsWith('wp-') && (packages[name] ?? packages[name.replace('.min.js', '.js')]);
    (known ? known.dependencies : before[handle] ?? []).forEach(need);
    const file = known ? join(scripts, name) : join(scripts, 'vendor', `${handle}.min.js`);
    if (existsSync(file)) files.push(file);
  };
  ['wp-blocks', 'wp-block-library'].forEach(need);
  const window = emptyWindow(modules, { runScripts: 'outside-only' });
  window.wp = {};
  for (const file of files) {
    // what a script names is the window's, but what a strict `eval` names is its own
    window.eval(readFileSync(file, 'utf8').replace(/^"use strict";/, ''));
    if (file.endsWith('lodash.min.js')) window.lodash = window._;
  }
  quiet(window.console);
  window.wp.blockLibrary.registerCoreBlocks();
  return { ...window.wp.blocks, registerCoreBlocks: undefined };
}

/** The editor of npm's packages. Some of what they use has no CommonJS form, which Node requires from 20.19 on. */
export function ofNpm(modules) {
  const window = emptyWindow(modules, {});
  for (const name of Object.getOwnPropertyNames(window)) {
    if (!(name in globalThis) && !name.startsWith('_')) globalThis[name] = window[name];
  }
  globalThis.window = window;
  Object.defineProperty(globalThis, 'navigator', { value: window.navigator, configurable: true });
  for (const name of ['matchMedia', 'ResizeObserver', 'IntersectionObserver', 'requestIdleCallback', 'cancelIdleCallback']) globalThis[name] ??= window[name];
  const require = requiring(modules);
  quiet(console);
  const blocks = require('@wordpress/blocks');
  require('@wordpress/block-library').registerCoreBlocks();
  return blocks;
}

function quiet(console) {
  for (const name of ['log', 'info', 'debug', 'warn', 'error', 'group', 'groupCollapsed', 'groupEnd']) console[name] = () => {};
}
