#!/usr/bin/env node
// Starts the binary of this system, which is in a package of its own.
'use strict';

const { spawn } = require('node:child_process');

const name = `@cz-hook/${process.platform}-${process.arch}`;
const program = process.platform === 'win32' ? 'cz-hook.exe' : 'cz-hook';

let file;
try {
  file = require.resolve(`${name}/bin/${program}`);
} catch {
  console.error(`error: the package ${name} is not installed`);
  console.error('hint: install cz-hook without --omit=optional; for other systems, build it from source');
  process.exit(3);
}

const child = spawn(file, process.argv.slice(2), { stdio: 'inherit' });

// A terminal sends an interrupt to the binary, too; other senders reach only this process.
const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal === 'SIGTERM' || !hasTerminal) child.kill(signal);
  });
}

child.on('error', (why) => {
  console.error(`error: ${file} cannot be started: ${why.message}`);
  process.exit(3);
});
child.on('exit', (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exit(code);
  }
});
