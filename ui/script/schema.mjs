// What src/api/schema.ts has to be, from the service's own description. tests/browser/console.mjs compares and writes it.
const TYPES = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', array: 'unknown[]', object: 'object' };

const members = (schema) =>
  Object.entries(schema?.properties ?? {})
    .map(([name, field]) => `${name}${schema.required?.includes(name) ? '' : '?'}: ${TYPES[field.type]}`)
    .join('; ');

export function schema_of(document) {
  const lines = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const body = members(operation.requestBody?.content?.['application/json']?.schema);
      const done = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))[1];
      const answer = members(done.content?.['application/json']?.schema);
      lines.push(`  // ${operation.summary}`);
      lines.push(`  '${method.toUpperCase()} ${path}': { body: ${body ? `{ ${body} }` : 'undefined'}; answer: ${answer ? `{ ${answer} }` : 'unknown'} };`);
    }
  }
  return `// Written by script/schema.mjs from /api/openapi.json.\nexport interface Routes {\n${lines.join('\n')}\n}\n`;
}
