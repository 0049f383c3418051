import { useState } from 'react';

import { Field } from '../parts/Field';
import { Fold } from '../parts/Fold';
import { useRested } from '../parts/rested';
import { Graph } from './Graph';
import { type Attribute, choose, type DataSet, type FormProps, has, is_on, is_reference, members_of } from './source';

function Rename({ form, set, member }: { form: FormProps; set: DataSet; member: Attribute }) {
  const path = ['data_sets', set.name, 'rename', member.name];
  const said = form.definition.text_at(path);
  return (
    <li className="row-line rename">
      <span>
        {member.title || member.name}
        {member.name === set.key && <span className="type">key</span>}
        {member.name === set.label && <span className="type">label</span>}
      </span>
      <Field label={`Name of ${member.title || member.name} in Assets`} hides_label value={said} placeholder={member.title || member.name} set={(name) => form.edit(path, name.trim() ? name : undefined)} />
      {is_reference(member) && (
        <button type="button" className="plain" onClick={() => choose(form.definition, form.edit, set, member, false)}>
          Leave out
        </button>
      )}
    </li>
  );
}

// Names in Assets, references, and the picture of both.
export function MappingForm(form: FormProps) {
  const [wanted, set_wanted] = useState('');
  const sets = form.source.data_sets.filter((set) => is_on(form.definition, set));
  const fits = (member: Attribute) => `${member.title} ${member.name}`.toLowerCase().includes(wanted.trim().toLowerCase());
  return (
    <>
      <Graph text={useRested(form.definition.text)} />
      <h2>Names and references</h2>
      <p className="quiet">Decide before the first import: Assets keeps the names that it has seen. The label is what people see of an object, the key tells objects apart.</p>
      <div className="row">
        <Field label="Search attributes" value={wanted} set={set_wanted} />
      </div>
      {sets
        .filter((set) => members_of(set).some((each) => has(form.definition, set, each) && fits(each)))
        .map((set) => (
          <Fold key={set.name} title={<b>{set.object_type}</b>} is_open={wanted.trim() !== '' || Object.keys(form.definition.members_at(['data_sets', set.name, 'rename'])).length > 0}>
            <ul className="plain-list">
              {members_of(set)
                .filter((each) => has(form.definition, set, each) && fits(each))
                .map((each) => (
                  <Rename key={each.name} form={form} set={set} member={each} />
                ))}
            </ul>
          </Fold>
        ))}
    </>
  );
}
