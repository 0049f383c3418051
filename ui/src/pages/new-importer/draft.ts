// What was typed in the wizard, kept until the importer is saved, and the importer file it makes.
export interface Draft {
  step: number;
  source: string;
  name: string;
  connection: Record<string, string>; // of a secret: the name of the stored one
  // Only what differs from the source's own selection.
  sets: Record<string, boolean>;
  attributes: Record<string, boolean>; // "data set/attribute"
  schema: string;
  token: string;
  missing: string;
  schedule: 'none' | 'hourly' | 'every' | 'daily' | 'weekly' | 'cron';
  every: string;
  at: string;
  day: string;
  cron: string;
  zone: string;
  limit: string;
  missing_percent: string;
  missing_objects: string;
  text: string | null; // changed by hand in the last step
}

export const fresh = (): Draft => ({
  step: 0,
  source: '',
  name: '',
  connection: {},
  sets: {},
  attributes: {},
  schema: 'IT Inventory',
  token: '',
  missing: 'unknown',
  schedule: 'daily',
  every: '4h',
  at: '02:30',
  day: 'mon',
  cron: '0 */4 * * *',
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
  limit: '',
  missing_percent: '20',
  missing_objects: '100',
  text: null,
});

export interface ConnectionField {
  name: string;
  type: string;
  required: boolean;
  help: string;
  choices?: string[];
  default?: string;
}
export interface Attribute {
  name: string;
  title: string;
  type?: string;
  description: string;
  default_on: boolean;
  permission?: string;
}
export interface DataSet {
  name: string;
  object_type: string;
  description: string;
  default_on: boolean;
  key: string;
  slow?: string;
  permissions: string[];
  attributes: Attribute[];
  references: (Attribute & { target: string })[];
}
export interface Source {
  name: string;
  title: string;
  description: string;
  connection: ConnectionField[];
  data_sets: DataSet[];
  permissions: { name: string; help: string }[];
}

const quoted = (text: string) => JSON.stringify(text);

function schedule_of(draft: Draft) {
  const zone = `time_zone: ${quoted(draft.zone)}`;
  switch (draft.schedule) {
    case 'none':
    case 'hourly':
      return draft.schedule;
    case 'every':
      return `{ every: ${draft.every} }`;
    case 'daily':
      return `{ daily: ${quoted(draft.at)}, ${zone} }`;
    case 'weekly':
      return `{ weekly: [${draft.day}], at: ${quoted(draft.at)}, ${zone} }`;
    case 'cron':
      return `{ cron: ${quoted(draft.cron)}, ${zone} }`;
  }
}

export const is_on = (draft: Draft, set: DataSet) => draft.sets[set.name] ?? set.default_on;
export const has_attribute = (draft: Draft, set: DataSet, attribute: Attribute) => draft.attributes[`${set.name}/${attribute.name}`] ?? attribute.default_on;

function data_sets_of(draft: Draft, source: Source) {
  const lines: string[] = [];
  for (const set of source.data_sets) {
    const all = [...set.attributes, ...set.references];
    const changed = all.filter((each) => has_attribute(draft, set, each) !== each.default_on);
    const on = is_on(draft, set);
    if (on === set.default_on && (changed.length === 0 || !on)) continue;
    if (!on || changed.length === 0) {
      lines.push(`      ${set.name}: ${on ? 'on' : 'off'}`);
      continue;
    }
    const names = (wanted: boolean) => changed.filter((each) => has_attribute(draft, set, each) === wanted).map((each) => each.name);
    const [include, exclude] = [names(true), names(false)];
    lines.push(`      ${set.name}:`);
    if (include.length > 0) lines.push(`        include: [${include.join(', ')}]`);
    if (exclude.length > 0) lines.push(`        exclude: [${exclude.join(', ')}]`);
  }
  return lines;
}

export function definition_of(draft: Draft, source: Source): string {
  if (draft.text !== null) return draft.text;
  const connection = source.connection.flatMap((field) => {
    const value = draft.connection[field.name];
    if (!value) return [];
    return [`      ${field.name}: ${field.type === 'secret' ? `{ secret: ${quoted(value)} }` : quoted(value)}`];
  });
  if (draft.connection.allow_private_address) connection.push('      allow_private_address: true');
  const sets = data_sets_of(draft, source);
  return [
    'version: 1',
    'importers:',
    `  - name: ${quoted(draft.name)}`,
    `    source: ${source.name}`,
    '    connection:',
    ...connection,
    ...(sets.length > 0 ? ['    data_sets:', ...sets] : []),
    ...(draft.limit ? [`    record_limit: ${draft.limit}`] : []),
    '    destination:',
    '      type: jsm_assets',
    `      token: { secret: ${quoted(draft.token)} }`,
    `      schema: { name: ${quoted(draft.schema)} }`,
    `      missing_objects: ${draft.missing}`,
    `    schedule: ${schedule_of(draft)}`,
    '    safety:',
    `      max_missing_percent: ${draft.missing_percent}`,
    `      max_missing_objects: ${draft.missing_objects}`,
    '',
  ].join('\n');
}
