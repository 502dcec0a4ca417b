// Runs a script for k6 with k6's modules replaced: prints its options, and its first hundred requests.
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

const bytes = (data) => (typeof data === 'string' ? data : Buffer.from(data));
const finish = (hash, form) =>
  form === 'base64rawurl' ? hash.digest('base64url') : hash.digest(form);
const modules = {
  'k6/http': { default: {} },
  'k6/crypto': {
    default: {
      hmac: (name, key, data, form) => finish(createHmac(name, bytes(key)).update(bytes(data)), form),
      sha256: (data, form) => finish(createHash('sha256').update(bytes(data)), form),
    },
  },
  'k6/encoding': { default: { b64decode: (text) => Uint8Array.from(Buffer.from(text, 'base64')).buffer } },
  'k6/execution': { default: {} },
  'k6/metrics': { Counter: class {}, Rate: class {} },
};
let source = readFileSync(process.argv[2], 'utf8');
source = source.replace(/^import (\w+|\{.*\}) from '(.*)';$/gm, (_, names, module) => {
  if (!(module in modules)) throw new Error(`unknown module ${module}`);
  return names.startsWith('{') ? `const ${names} = modules['${module}'];` : `const ${names} = modules['${module}'].default;`;
});
source = source.replace(/^export default function/m, 'function main').replace(/^export /gm, '');
const { options, request } = new Function('modules', '__ENV', `${source}\nreturn { options, request };`)(modules, process.env);
console.log(JSON.stringify(options));
for (let n = 0; n < 100; n++) {
  const { body, headers } = request(n, 1700000000000);
  console.log(JSON.stringify({ body, headers }));
}
