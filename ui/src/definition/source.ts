// What GET /api/v1/sources/{source} tells, and what a definition chooses of it.
import type { Definition, Edit, Path } from './definition';

export interface ConnectionField {
  name: string;
  type: 'text' | 'secret' | 'url' | 'choice' | 'file' | 'duration';
  required: boolean;
  help: string;
  choices?: string[];
  default?: string;
}
export interface Attribute {
  name: string;
  path?: string;
  title: string;
  type?: string;
  description: string;
  default_on: boolean;
  permission?: string;
}
export interface Reference extends Attribute {
  target: string;
  target_source?: string;
  many: boolean;
  permissions?: string[];
}
export interface DataSet {
  name: string;
  object_type: string;
  description: string;
  default_on: boolean;
  key: string;
  label: string;
  slow?: string;
  rows_of?: string;
  one_request_per_record_for?: string[];
  permissions: string[];
  attributes: Attribute[];
  references: Reference[];
}
export interface Source {
  name: string;
  title: string;
  description: string;
  connection: ConnectionField[];
  connection_needs: string[][];
  data_sets: DataSet[];
  permissions: { name: string; id?: string; help: string; covered_by: string[] }[];
}

export interface FormProps {
  site: string;
  importer: string;
  source: Source;
  definition: Definition;
  edit: Edit;
}

// "tenant_id" as people write it.
export function in_words(name: string) {
  const text = name.replaceAll('_', ' ').replace(/\bid\b/, 'ID').replace(/\bapi\b/, 'API').replace(/\burl\b/, 'address');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const members_of = (set: DataSet): (Attribute | Reference)[] => [...set.attributes, ...set.references];
export const is_reference = (member: Attribute | Reference): member is Reference => 'target' in member;

const place = (set: DataSet): Path => ['data_sets', set.name];

export function is_on(definition: Definition, set: DataSet) {
  const said = definition.get(place(set));
  if (said === undefined) return set.default_on;
  return said !== 'off' && said !== 'false' && said !== 'no';
}

export function switch_data_set(definition: Definition, edit: Edit, set: DataSet, on: boolean) {
  void definition;
  edit(place(set), on === set.default_on ? undefined : on ? 'on' : 'off');
}

export function has(definition: Definition, set: DataSet, member: Attribute) {
  if (member.name === set.key) return true;
  const exactly = definition.get([...place(set), 'attributes']);
  if (exactly !== undefined) return definition.list_at([...place(set), 'attributes']).includes(member.name);
  if (definition.list_at([...place(set), 'include']).includes(member.name)) return true;
  if (definition.list_at([...place(set), 'exclude']).includes(member.name)) return false;
  return member.default_on;
}

export function choose(definition: Definition, edit: Edit, set: DataSet, member: Attribute, on: boolean) {
  const put = (list: string, wanted: boolean) => {
    const path = [...place(set), list];
    const names = definition.list_at(path).filter((name) => name !== member.name);
    if (wanted) names.push(member.name);
    if (wanted || definition.get(path) !== undefined) edit(path, names.length > 0 ? names : undefined);
  };
  if (definition.get([...place(set), 'attributes']) !== undefined) return put('attributes', on);
  put('include', on && !member.default_on);
  put('exclude', !on && member.default_on);
}

// The permissions that the selection needs, each once, in the order of the source.
export function needed_permissions(definition: Definition, source: Source) {
  const names = new Set<string>();
  for (const set of source.data_sets.filter((each) => is_on(definition, each))) {
    set.permissions.forEach((name) => names.add(name));
    for (const member of members_of(set).filter((each) => has(definition, set, each))) {
      if (member.permission) names.add(member.permission);
      if (is_reference(member)) member.permissions?.forEach((name) => names.add(name));
    }
  }
  return source.permissions.filter(({ name }) => names.has(name));
}
