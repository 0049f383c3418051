// An importer file with one importer as forms see it: values by path, and edits that leave everything
// else of the text as it is, comments too.
import { type Document, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

// All scalars are text: muster decides what they mean.
export type Value = string | Value[] | { [key: string]: Value };
export type Path = readonly (string | number)[];
export type Edit = (path: Path, value: Value | undefined) => void; // undefined: away with it

const SHORT = 3; // members of a mapping that still read well on one line
const OF_IMPORTER = ['importers', 0];
const NEEDED = ['connection', 'destination']; // though nothing may be in them

function node_of(document: Document, value: Value): unknown {
  if (typeof value === 'string') return document.createNode(value);
  if (Array.isArray(value)) {
    const node = document.createNode(value);
    if (value.every((item) => typeof item === 'string')) node.flow = true;
    else node.items.forEach((item) => isMap(item) && (item.flow = true));
    return node;
  }
  const node = document.createNode(value) as unknown as YAMLMap;
  const is_short = Object.keys(value).length <= SHORT && Object.values(value).every((item) => typeof item === 'string');
  node.flow = is_short || Object.values(value).some((item) => Array.isArray(item) && Object.keys(value).length <= SHORT);
  return node;
}

const is_empty = (node: unknown) => isMap(node) && node.items.length === 0;

export class Definition {
  private readonly document: Document;

  constructor(readonly text: string) {
    this.document = parseDocument(text, { schema: 'failsafe' });
  }

  // Whether forms can work with it: one importer, and YAML that can be read.
  get is_editable() {
    return this.document.errors.length === 0 && isMap(this.document.getIn(OF_IMPORTER)) && !this.document.hasIn(['importers', 1]);
  }

  get(path: Path): Value | undefined {
    const node = this.document.getIn([...OF_IMPORTER, ...path]);
    if (node === undefined || node === null) return undefined;
    const value = typeof node === 'object' && 'toJS' in node ? (node as { toJS: (document: Document) => Value }).toJS(this.document) : (node as Value);
    return value ?? undefined;
  }

  text_at(path: Path, otherwise = ''): string {
    const value = this.get(path);
    return typeof value === 'string' ? value : otherwise;
  }

  list_at(path: Path): Value[] {
    const value = this.get(path);
    return Array.isArray(value) ? value : typeof value === 'string' && value !== '' ? [value] : [];
  }

  members_at(path: Path): { [key: string]: Value } {
    const value = this.get(path);
    return typeof value === 'object' && !Array.isArray(value) ? value : {};
  }

  // The same when forms cannot work with it: what somebody typed meanwhile stays.
  with(path: Path, value: Value | undefined): Definition {
    if (!this.is_editable) return this;
    const document = this.document.clone() as Document;
    const whole = [...OF_IMPORTER, ...path];
    for (let end = OF_IMPORTER.length + 1; end < whole.length; ++end) {
      const above = whole.slice(0, end);
      const node = document.getIn(above, true);
      // "users: on" becomes "users:" with what is set below it.
      if (node === undefined ? value !== undefined : isScalar(node)) document.setIn(above, document.createNode({}));
      const made = document.getIn(above, true);
      if (is_empty(made)) (made as YAMLMap).flow = false;
    }
    if (value !== undefined) {
      document.setIn(whole, node_of(document, value));
    } else if (document.hasIn(whole)) {
      document.deleteIn(whole);
      for (let end = whole.length - 1; end > OF_IMPORTER.length && is_empty(document.getIn(whole.slice(0, end))); --end) {
        if (!NEEDED.includes(String(path[0])) || end > OF_IMPORTER.length + 1) document.deleteIn(whole.slice(0, end));
      }
    }
    return new Definition(document.toString({ lineWidth: 0, flowCollectionPadding: true }));
  }
}
