// Judges schema-and-mapping documents by the published JSON Schema (2023_10_19).
//
//   node validate_mapping.mjs FILE...        every document must be valid
//   node validate_mapping.mjs --cases DIR    valid-*.json must be valid, invalid-*.json must not
//
// Prints what went against expectation; exit code 1 then, 0 otherwise.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2019 } from 'ajv/dist/2019.js';

const here = dirname(fileURLToPath(import.meta.url));
const schema = JSON.parse(readFileSync(join(here, 'assets-import-schema-2023_10_19.json'), 'utf8'));
// The schema describes icons with contentMediaType, which is an annotation and no rule.
const validate = new Ajv2019({ strict: false, allErrors: true }).compile(schema);

function judge(file) {
  const valid = validate(JSON.parse(readFileSync(file, 'utf8')));
  const reasons = (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message}`);
  return { valid, reasons };
}

function cases(directory) {
  const files = readdirSync(directory).filter((name) => /^(in)?valid-.*\.json$/.test(name)).sort();
  if (files.length === 0) throw new Error(`${directory} holds no cases`);
  return files.map((name) => ({ file: join(directory, name), expected: name.startsWith('valid-') }));
}

const args = process.argv.slice(2);
if (args.length === 0 || (args[0] === '--cases' && args.length !== 2)) {
  console.error('usage: validate_mapping.mjs FILE... | --cases DIR');
  process.exit(2);
}
const todo = args[0] === '--cases' ? cases(args[1]) : args.map((file) => ({ file, expected: true }));
let wrong = 0;
for (const { file, expected } of todo) {
  const { valid, reasons } = judge(file);
  if (valid === expected) continue;
  wrong += 1;
  console.error(`${basename(file)}: expected ${expected ? 'valid' : 'invalid'}`, ...reasons);
}
console.log(`${todo.length - wrong} of ${todo.length} documents as expected`);
process.exit(wrong === 0 ? 0 : 1);
