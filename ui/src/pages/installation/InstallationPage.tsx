import SectionMessage from '@atlaskit/section-message';

import { address_of, call } from '../../api/client';
import { Facts } from '../../parts/Facts';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';

interface About {
  version: string;
  program: { build?: { compiler?: string }; features?: Record<string, string[]> };
  node: string;
  database: 'sqlite' | 'postgresql';
  public_url: string;
  key: { given: boolean; id?: string };
  openid: { enabled: boolean; issuer?: string; client_id?: string; has_client_secret?: boolean; scopes?: string[]; required_group?: string; link_by_email?: boolean; callback?: string };
  backup_folder: string;
}

function OpenId({ openid }: { openid: About['openid'] }) {
  if (!openid.enabled)
    return (
      <p>
        Off: people sign in with a name and a password. <code>muster serve --oidc-issuer URL --oidc-client-id ID</code> switches it on.
      </p>
    );
  return (
    <Facts
      of={[
        ['Provider', openid.issuer],
        ['Client ID', openid.client_id],
        ['Client secret', openid.has_client_secret ? 'set' : 'none: a public client'],
        ['Address to register there', openid.callback],
        ['Scopes', openid.scopes?.join(' ')],
        ['Only who is in the group', openid.required_group || 'everybody who has an account here'],
        ['Takes accounts by e-mail address', openid.link_by_email ? 'yes, when it is verified' : 'no'],
      ]}
    />
  );
}

export default function InstallationPage(_: { parts: Record<string, string> }) {
  const load = useLoad((signal) => call<About>('GET /api/v1/installation', {}, { signal }), []);
  return (
    <Page title="System">
      <Loaded load={load}>
        {(about) => (
          <>
            <Facts
              of={[
                ['Version', about.version],
                ['This machine', about.node],
                ['Store', about.database === 'sqlite' ? 'SQLite, one file' : 'PostgreSQL'],
                ['Where browsers find it', about.public_url || 'where they ask'],
                ['Sources', about.program.features?.sources?.join(', ')],
                ['Built with', about.program.build?.compiler],
              ]}
            />
            <section>
              <h2>Key of the stored secrets</h2>
              {about.key.given ? (
                <p>
                  The key <code>{about.key.id}</code> seals stored secrets and backups. It is kept outside of the store; <code>muster key rotate</code> puts another one in its place while services run.
                </p>
              ) : (
                <SectionMessage appearance="warning" title="There is no key">
                  <p>
                    No secret can be stored and no backup made. Make one with <code>muster key generate PATH</code> and start the service with <code>--key-file PATH</code>.
                  </p>
                </SectionMessage>
              )}
            </section>
            <section>
              <h2>Signing in with OpenID Connect</h2>
              <OpenId openid={about.openid} />
            </section>
            <section>
              <h2>When you need help</h2>
              <p>A support bundle tells whoever helps how this installation stands: sites, importers and the last runs. It holds no secrets, no values of a source and no names of people; read it before you give it away.</p>
              <a className="file-button" href={address_of('GET /api/v1/support-bundle')} download="muster-support.json">
                Download a support bundle
              </a>
            </section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
