import Button from '@atlaskit/button/new';
import { useState } from 'react';

import { Fold } from '../parts/Fold';
import { Choice, Field } from '../parts/Field';
import { Switch } from '../parts/Switch';
import { Preview } from './Preview';
import type { Value } from './definition';
import { type Attribute, choose, type DataSet, type FormProps, has, is_on, is_reference, members_of, type Reference, switch_data_set } from './source';

export const ATTRIBUTE_TYPES = ['text', 'integer', 'boolean', 'double', 'date', 'time', 'date_time', 'url', 'email', 'textarea', 'select', 'ipaddress'] as const;

const title_of = (source: FormProps['source'], reference: Reference) =>
  reference.target_source ? `${reference.target} of ${reference.target_source}` : (source.data_sets.find(({ name }) => name === reference.target)?.object_type ?? reference.target);

const told = (...parts: (string | undefined | false)[]) => parts.filter(Boolean).join(' ');

function Member({ form, set, member }: { form: FormProps; set: DataSet; member: Attribute | Reference }) {
  const is_key = member.name === set.key;
  return (
    <li className="leaf">
      <Switch on={has(form.definition, set, member)} disabled={is_key} set={(on) => choose(form.definition, form.edit, set, member, on)}>
        <b>{member.title || member.name}</b> <span className="type">{is_reference(member) ? `${member.many ? 'references' : 'reference'} to ${title_of(form.source, member)}` : member.type}</span>
        <span className="quiet about">{told(is_key && 'Tells the objects apart; always there.', member.description, member.permission && `Needs ${member.permission}.`)}</span>
      </Switch>
    </li>
  );
}

// Attributes beyond the catalogue's.
function Added({ form, set }: { form: FormProps; set: DataSet }) {
  const path = ['data_sets', set.name, 'add'];
  const added = form.definition.list_at(path).filter((each): each is { [key: string]: Value } => typeof each === 'object' && !Array.isArray(each));
  const [name, set_name] = useState('');
  const [from, set_from] = useState('');
  const [type, set_type] = useState('text');
  const add = () => {
    form.edit(path, [...form.definition.list_at(path), { name, path: from, type }]);
    set_name('');
    set_from('');
  };
  const remove = (gone: number) => {
    const left = added.filter((_, index) => index !== gone);
    form.edit(path, left.length > 0 ? left : undefined);
  };
  const text = (value: Value | undefined) => (Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : '');
  return (
    <Fold title={<>Added attributes of {set.object_type}: {added.length || 'none'}</>}>
      <p className="help">What the source has and the list above does not: say where it stands in a record, such as onPremisesExtensionAttributes.extensionAttribute1.</p>
      <ul className="plain-list">
        {added.map((each, index) => (
          <li key={index} className="row-line">
            <b>{text(each.name)}</b> <span className="type">{text(each.type) || 'text'}</span> <code>{text(each.path ?? each.from)}</code>
            <Button spacing="compact" appearance="subtle" onClick={() => remove(index)}>
              Remove {text(each.name)}
            </Button>
          </li>
        ))}
      </ul>
      <div className="row">
        <Field label="Name in Assets" value={name} set={set_name} />
        <Field label="Path in the record" value={from} set={set_from} />
        <Choice label="Type" value={type} set={set_type} options={ATTRIBUTE_TYPES.map((each) => [each, each.replace('_', ' ')] as const)} />
        <Button isDisabled={!name.trim() || !from.trim()} onClick={add}>
          Add
        </Button>
      </div>
      <Preview form={form} set={set} wants="objects" />
    </Fold>
  );
}

function Branch({ form, set, wanted, fits }: { form: FormProps; set: DataSet; wanted: string; fits: (member: Attribute) => boolean }) {
  const [is_open, set_open] = useState(false);
  const on = is_on(form.definition, set);
  const members = members_of(set);
  const chosen = members.filter((each) => has(form.definition, set, each)).length;
  const shows = on && (is_open || wanted !== '');
  return (
    <li className="branch">
      <div className="branch-head">
        <button type="button" className="twist" disabled={!on} aria-expanded={shows} aria-label={`Attributes of ${set.object_type}`} onClick={() => set_open(!is_open)}>
          <span aria-hidden="true">{shows ? '▾' : '▸'}</span>
        </button>
        <Switch on={on} set={(next) => switch_data_set(form.definition, form.edit, set, next)}>
          <b>{set.object_type}</b> {on && <span className="type">{`${chosen} of ${members.length} attributes`}</span>}
          <span className="quiet about">{told(set.description, set.slow)}</span>
        </Switch>
      </div>
      {shows && (
        <ul className="tree">
          {members.filter(fits).map((member) => (
            <Member key={member.name} form={form} set={set} member={member} />
          ))}
          <li className="leaf">
            <Added form={form} set={set} />
          </li>
        </ul>
      )}
    </li>
  );
}

export function DataSetsForm(form: FormProps) {
  const [wanted, set_wanted] = useState('');
  const holds = (text: string) => text.toLowerCase().includes(wanted.trim().toLowerCase());
  const shown_of = (set: DataSet) => members_of(set).filter((each) => holds(each.title) || holds(each.name));
  const shown = form.source.data_sets.filter((set) => !wanted || holds(set.object_type) || shown_of(set).length > 0);
  return (
    <>
      <div className="row">
        <Field label="Search" value={wanted} set={set_wanted} />
        <p className="quiet" aria-live="polite">
          {form.source.data_sets.filter((set) => is_on(form.definition, set)).length} of {form.source.data_sets.length} data sets are read.
        </p>
      </div>
      {shown.length === 0 && <div className="empty">No data set or attribute of {form.source.title} is called like that. An attribute that the source has can be added by its path.</div>}
      <ul className="tree forest">
        {shown.map((set) => (
          <Branch key={set.name} form={form} set={set} wanted={wanted} fits={(member) => !wanted || holds(set.object_type) || holds(member.title) || holds(member.name)} />
        ))}
      </ul>
    </>
  );
}
