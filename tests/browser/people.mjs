// Who sees and does what: an auditor, an admin of another site, somebody at a small window, at night, with a keyboard.
import assert from 'node:assert/strict';

import { head, inspect, origin, page, PASSWORD, press, refused, settled, sign_in, sort_tables, step } from './browser.mjs';

const site = '/sites/default';
const api = '/api/v1/sites/default';
const TABS = ['', '/source', '/data-sets', '/mapping', '/destination', '/schedule', '/safety', '/versions', '/file'];
const SITE_PAGES = ['', '/new', '/runs', '/secrets', '/notices', '/audit', '/settings', ...TABS.map((tab) => `/importers/entra${tab}`)];
const INSTALLATION_PAGES = ['/admin/sites', '/admin/admins', '/admin/regions', '/admin/backups', '/admin/installation', '/admin/audit'];
// What a button that changes something begins with.
const CHANGES =
  /^(Run now|Run again|Plan$|Test run|Pause|Resume|Remove|Save|Store|Replace|Send|Set$|Use this|Approve |Reject |Cancel run|Go back|New importer|Add|Make|Check|Show one|Count [A-Z]|Change |Move |Take )/;

async function add_admin(name, role, at) {
  await page.goto(`${origin}/admin/admins`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel(new RegExp(`^Role at ${at}`)).selectOption(role);
  await press('Add');
  await page.getByText(`${role} of ${at}`).waitFor();
}

const names_of_buttons = () => page.locator('main').getByRole('button', { disabled: false }).or(page.locator('main').getByRole('link')).allInnerTexts();

export async function auditor_looks(held_run) {
  await step('an auditor looks and touches nothing', async () => {
    await add_admin('aude', 'auditor', 'default');
    await sort_tables();
    await inspect('admins');
    await press('Sign out');
    await page.getByRole('heading', { name: 'Sign in to muster' }).waitFor();
    await inspect('sign-in');
    await sign_in('aude');
    for (const place of [...SITE_PAGES, `/runs/${held_run}`]) {
      await page.goto(origin + site + place);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await settled();
      await page.waitForLoadState('networkidle');
      const changes = (await names_of_buttons()).filter((name) => CHANGES.test(name));
      assert.deepEqual(changes, [], `offered to an auditor at ${place}`);
      const open = await page.locator('main').locator('input:enabled, textarea:enabled:not([readonly]), select:enabled').evaluateAll((fields) => fields.map((field) => document.querySelector(`label[for="${field.id}"]`)?.textContent ?? field.closest('label')?.textContent));
      const looks = open.filter((label) => !/^(Search|Importer|State)/.test(label ?? ''));
      assert.deepEqual(looks, [], `an auditor can fill in at ${place}`);
    }
    await page.getByText('An admin of this site decides').waitFor();
    await inspect('auditor-run-held');
    for (const [method, path, body] of [
      ['POST', `${api}/importers/entra/runs`, {}],
      ['POST', `${api}/importers/entra/pause`],
      ['DELETE', `${api}/importers/entra`],
      ['PUT', `${api}/secrets/new`, { value: 'x' }],
      ['POST', `${api}/runs/${held_run}/approve`, { why: 'x' }],
      ['PUT', `${api}/contact`, { contact: 'a@example.com' }],
    ]) {
      assert.equal(await refused(method, path, body), 403, `${method} ${path}`);
    }
    for (const place of INSTALLATION_PAGES.slice(1)) {
      await page.goto(origin + place);
      await page.getByText('You may not see this').first().waitFor();
    }
    await inspect('forbidden');
  });
}

export async function second_site_sees_nothing(held_run) {
  await step('a second site sees nothing of the first', async () => {
    await sign_in('olga');
    await page.goto(`${origin}/admin/sites`);
    await page.getByLabel('Site *', { exact: true }).fill('second');
    await press('Add the site');
    await page.getByRole('cell', { name: 'second' }).first().waitFor();
    await add_admin('bert', 'admin', 'second');
    await press('Sign out');
    await page.getByRole('heading', { name: 'Sign in to muster' }).waitFor();
    await sign_in('bert');
    await page.goto(origin);
    await page.getByText('No importer yet.').waitFor();
    assert.equal(new URL(page.url()).pathname, '/sites/second');
    assert.deepEqual(await page.getByLabel('Site', { exact: true }).locator('option').allInnerTexts(), ['second']);
    for (const place of ['/runs', '/secrets', '/audit', '/notices']) {
      await page.goto(`${origin}/sites/second${place}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await settled();
      assert.doesNotMatch(await page.locator('main').innerText(), /entra-client-secret|\bdefault\b|aude|jamf/, `of the first site at ${place}`);
    }
    for (const place of [...SITE_PAGES.filter((each) => each !== '/new'), `/runs/${held_run}`]) {
      await page.goto(origin + site + place);
      await page.getByText(/It is not there, or you may not see it|You may not see this/).first().waitFor();
      assert.equal(await page.getByRole('table').count(), 0, place);
      assert.deepEqual((await names_of_buttons()).filter((name) => CHANGES.test(name)), [], `offered at ${place}`);
    }
    await inspect('other-site');
    for (const [method, path, body] of [
      ['GET', `${api}/overview`],
      ['GET', `${api}/runs`],
      ['GET', `${api}/audit`],
      ['POST', `${api}/importers/entra/runs`, {}],
    ]) {
      assert.ok([403, 404].includes(await refused(method, path, body)), `${method} ${path}`);
    }
    await sign_in('olga');
  });
}

export async function goes_back() {
  await step('back goes where one was', async () => {
    await page.goto(`${origin}${site}/runs?importer=entra`);
    await page.getByLabel('State').selectOption('completed');
    await page.getByRole('table', { name: 'Runs' }).getByRole('link').first().click();
    await head('Run of entra');
    const run = page.url();
    await page.getByRole('navigation', { name: 'Where you are' }).getByRole('link', { name: 'entra' }).click();
    await head('entra');
    await page.getByRole('link', { name: 'Versions', exact: true }).click();
    await page.getByText('What version').waitFor();
    await page.goBack();
    await page.getByRole('table', { name: 'Runs' }).waitFor();
    assert.equal(new URL(page.url()).pathname, `${site}/importers/entra`);
    await page.goBack();
    await head('Run of entra');
    assert.equal(page.url(), run);
    await page.goBack();
    await head('Runs');
    assert.equal(await page.getByLabel('Importer').inputValue(), 'entra', 'the filter is lost');
    assert.equal(await page.getByLabel('State').inputValue(), 'completed', 'the filter is lost');
    await page.goForward();
    await head('Run of entra');
  });
}

export async function at_400_pixels() {
  await step('at 400 pixels', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await page.goto(origin + site);
    const menu = page.getByRole('button', { name: 'Menu' });
    assert.ok(!(await page.getByRole('link', { name: 'Audit log' }).first().isVisible()), 'the menu is open');
    await menu.click();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Runs' }).click();
    await head('Runs');
    assert.ok(!(await page.getByRole('link', { name: 'Secrets' }).isVisible()), 'the menu stays open');
    await page.getByRole('table', { name: 'Runs' }).getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: /^Run of/ }).waitFor();
    await page.goto(`${origin}${site}/importers/entra/schedule`);
    await page.getByLabel('Runs').selectOption('hourly');
    await page.getByRole('button', { name: 'Undo changes' }).click();
    // What is pressed can be seen as a whole.
    await page.goto(`${origin}${site}/importers/entra`);
    for (const name of ['Run now', 'Plan', 'Test run', 'Pause schedule', 'Remove ...']) {
      const box = await page.getByRole('button', { name, exact: true }).boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= 400, `${name} is outside`);
    }
    await page.setViewportSize({ width: 1000, height: 800 });
  });
}

export async function at_night() {
  await step('dark, when somebody says so', async () => {
    await page.goto(origin + site);
    const lightness = () =>
      page.evaluate(() => {
        const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
        return (red + green + blue) / 765;
      });
    await page.getByLabel('Colours').waitFor();
    assert.ok((await lightness()) > 0.8);
    await page.getByLabel('Colours').selectOption('dark');
    await page.waitForFunction(() => document.documentElement.dataset.colorMode === 'dark');
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.ok((await lightness()) < 0.2, 'the choice is lost');
    await page.getByLabel('Colours').selectOption('auto');
    await page.waitForFunction(() => document.documentElement.dataset.colorMode === 'light');
  });
}

export async function by_keyboard() {
  await step('by keyboard alone', async () => {
    await page.goto(`${origin}${site}/runs`);
    await head('Runs');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.getElementById('content')?.contains(document.activeElement)));
    // To the table and through its head: sorted without a mouse.
    const at = () => page.evaluate(() => document.activeElement?.textContent);
    for (let presses = 0; (await at()) !== 'State' && presses < 60; ++presses) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('th[aria-sort=ascending]', { hasText: 'State' }).waitFor();
  });
}
