import { call } from '../../api/client';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';

interface ObjectType {
  name: string;
  description?: string;
  attributes?: { name: string; type: string; description?: string; referenceObjectTypeName?: string }[];
}

// The types of the document are nested in ways that Assets decides; all that have attributes are types.
function types_in(value: unknown): ObjectType[] {
  if (Array.isArray(value)) return value.flatMap(types_in);
  if (typeof value !== 'object' || value === null) return [];
  const here = 'attributes' in value && 'name' in value ? [value as ObjectType] : [];
  return [...here, ...Object.entries(value).filter(([name]) => name !== 'attributes').flatMap(([, inner]) => types_in(inner))];
}

export function SchemaTab({ site, importer }: { site: string; importer: string }) {
  const load = useLoad((signal) => call<{ schema: unknown }>('GET /api/v1/sites/{site}/importers/{importer}/schema', { site, importer }, { signal }), [site, importer]);
  return (
    <Loaded load={load}>
      {({ schema }) => (
        <>
          <p className="quiet">What a run makes in Assets.</p>
          {types_in(schema).map((type) => (
            <details key={type.name} className="set">
              <summary>
                <b>{type.name}</b> <span className="quiet">{type.attributes?.length ?? 0} attributes. {type.description}</span>
              </summary>
              <ul>
                {type.attributes?.map((attribute) => (
                  <li key={attribute.name}>
                    {attribute.name} <span className="quiet">({attribute.type}{attribute.referenceObjectTypeName && ` to ${attribute.referenceObjectTypeName}`})</span>
                  </li>
                ))}
              </ul>
            </details>
          ))}
        </>
      )}
    </Loaded>
  );
}
