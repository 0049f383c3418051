// Signing in at an OpenID Connect provider, as people do it who have no password of muster.
import assert from 'node:assert/strict';

import { become_operator, given, head, inspect, origin, page, press, sign_in, step, through } from './browser.mjs';

const wanted = '/sites/default/audit?q=site';
const SIGN_IN = 'Sign in to muster';

const sign_out = async () => {
  await press('Sign out');
  await page.getByRole('heading', { name: SIGN_IN }).waitFor();
};
// Whoever is not signed in and opens a link lands at the sign-in, and goes on from there.
const go_elsewhere = async () => {
  await page.goto(origin + wanted);
  await page.getByRole('heading', { name: SIGN_IN }).waitFor();
  await page.getByRole('link', { name: 'Sign in with it' }).click();
};

await through(async () => {
  await become_operator('olga');

  await step('an operator sees which provider it is', async () => {
    await page.goto(`${origin}/admin/installation`);
    await page.getByText(given.elsewhere, { exact: true }).waitFor();
    await page.getByText(`${origin}/sign-in/oidc/callback`).waitFor();
    await inspect('installation-openid');
    await sign_out();
  });

  await step('somebody without an account is told what to tell the operator', async () => {
    await go_elsewhere();
    await page.getByRole('heading', { name: 'Sign in at the provider' }).waitFor();
    await page.getByLabel('Login').fill('anna-there');
    await press('Continue');
    await page.getByText('anna-there').waitFor();
    assert.equal(new URL(page.url()).origin, origin);
    await page.goto(origin + wanted);
    await page.getByRole('heading', { name: SIGN_IN }).waitFor();
  });

  await step('the operator gives an account to that identity', async () => {
    await sign_in('olga');
    await page.goto(`${origin}/admin/admins`);
    await page.getByLabel('Name').fill('anna');
    await page.getByLabel(/^Role at default/).selectOption('auditor');
    await page.getByLabel(`Subject at ${given.elsewhere}`).fill('anna-there');
    await inspect('admins-openid');
    await press('Add');
    await page.getByRole('row', { name: /^anna/ }).getByText(`at ${given.elsewhere}`).waitFor();
    await page.goto(`${origin}/admin/audit`);
    await page.getByText('admin.unknown_identity').first().waitFor();
    await sign_out();
  });

  await step('then she signs in and is where she wanted to go', async () => {
    await go_elsewhere();
    await head('Audit log');
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, wanted);
    await page.getByRole('link', { name: 'anna', exact: true }).waitFor();
    await page.goto(`${origin}/me`);
    await head('anna');
    await inspect('me-openid');
    await sign_out();
    await page.goto(`${origin}/me`);
    await page.getByRole('heading', { name: SIGN_IN }).waitFor();
  });
});
