// What people do in the console. Takes from standard input where; ends with 1 at the first thing that is wrong.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { schema_of } from '../../ui/script/schema.mjs';

const ui = new URL('../../ui/', import.meta.url);
const require = createRequire(new URL('package.json', ui));
const { chromium } = require('playwright-core');
const { AxeBuilder } = require('@axe-core/playwright');

const given = JSON.parse(readFileSync(0, 'utf8'));
const origin = new URL(given.link).origin;
const PASSWORD = 'correct horse battery';
const MOST_SCRIPT = 400 * 1024; // compressed, on the first load
if (given.screenshots) mkdirSync(given.screenshots, { recursive: true });

const browser = await chromium.launch({ executablePath: given.browser, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
const page = await context.newPage();
page.setDefaultTimeout(30_000);
const faults = [];
page.on('pageerror', (error) => faults.push(String(error)));
page.on('console', (message) => {
  if (message.type() !== 'error' || /status of 4\d\d/.test(message.text())) return;
  faults.push(message.text());
});
page.on('request', (request) => {
  if (new URL(request.url()).origin !== origin && !request.url().startsWith('data:')) faults.push(`asked for ${request.url()}`);
});

const site = '/sites/default';
const head = (name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
const press = (name) => page.getByRole('button', { name, exact: true }).first().click();
const settled = () => page.waitForFunction(() => !document.querySelector('.waiting'));
const step = async (name, act) => {
  try {
    await act();
    console.log(`ok ${name}`);
  } catch (error) {
    if (given.screenshots) await page.screenshot({ path: `${given.screenshots}/failed.png`, fullPage: true }).catch(() => {});
    console.log(`not ok ${name}, at ${page.url()}\n${await page.locator('body').innerText().catch(() => '')}`);
    throw error;
  }
};

// No violation of axe, nothing wider than the window, at every width and in both colours.
async function inspect(name) {
  await settled();
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.waitForFunction((wanted) => document.documentElement.dataset.colorMode === wanted, scheme);
    for (const width of scheme === 'light' ? [1000, 1900, 400] : [1000]) {
      await page.setViewportSize({ width, height: 800 });
      if (given.screenshots) await page.screenshot({ path: `${given.screenshots}/${name}-${scheme}-${width}.png`, fullPage: true });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `${name} is ${over} pixels wider than a window of ${width}`);
    }
    await page.setViewportSize({ width: 1000, height: 800 });
    // A colour on its way from one scheme to the other is nobody's colour.
    await page.waitForFunction(() => !document.getAnimations().some((running) => running instanceof CSSTransition && running.playState === 'running'));
    const axe = new AxeBuilder({ page });
    // Colours are all that differs.
    if (scheme === 'dark') axe.withRules(['color-contrast']);
    const { violations } = await axe.analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).slice(0, 3).join(' | ')}`), [], `${name}, ${scheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

async function sign_in(name) {
  await page.goto(`${origin}/sign-in`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Sign in');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

try {
  await step('first start', async () => {
    await page.goto(given.link);
    await head('First start');
    assert.equal(new URL(page.url()).hash, '', 'the key stays in the address');
    await inspect('first-start');
    await page.getByLabel('Name').fill('olga');
    await page.getByLabel('Password').fill(PASSWORD);
    await press('Make the operator');
    await page.getByText('No importer yet.').waitFor();
    await inspect('overview-empty');
  });

  await step('the first load is small', async () => {
    await page.goto(origin + site);
    await settled();
    const size = await page.evaluate(() =>
      performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    );
    assert.ok(size > 0 && size <= MOST_SCRIPT, `${size} bytes of script`);
    console.log(`   ${Math.round(size / 1024)} KiB of script, compressed`);
  });

  await step('types are those of the service', async () => {
    const document = await page.evaluate(async () => (await fetch('/api/openapi.json')).json());
    const written = new URL('src/api/schema.ts', ui);
    if (process.env.MUSTER_SCHEMA_UPDATE) writeFileSync(written, schema_of(document));
    assert.equal(readFileSync(written, 'utf8'), schema_of(document), 'run this test once with MUSTER_SCHEMA_UPDATE=1');
  });

  await step('new importer', async () => {
    await page.getByRole('link', { name: 'New importer' }).first().click();
    await head('New importer');
    await page.getByRole('button', { name: /Microsoft Entra ID/ }).waitFor();
    await inspect('new-1-source');
    await page.getByRole('button', { name: /Microsoft Entra ID/ }).click();
    await page.getByLabel('Tenant ID').fill('6002e433-c11c-40bb-a449-494575f5aba6');
    await inspect('new-2-connection');
    await page.reload();
    assert.equal(await page.getByLabel('Tenant ID').inputValue(), '6002e433-c11c-40bb-a449-494575f5aba6', 'what was typed is lost');
    await page.getByLabel(/Or type it/).first().fill('a secret value');
    await press('Store it');
    await page.getByText('Stored as entra-client-secret', { exact: true }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
    assert.ok(!kept.includes('a secret value'), 'the browser keeps a secret');
    await press('Next');
    await page.getByLabel('Search').fill('department');
    await page.getByText('Department', { exact: false }).first().waitFor();
    await inspect('new-3-data-sets');
    await press('Next');
    await inspect('new-4-destination');
    await press('Next');
    await inspect('new-5-schedule');
    await press('Next');
    await inspect('new-6-safety');
    await press('Next');
    const text = page.getByLabel('Definition of the importer');
    await text.waitFor();
    assert.match(await text.inputValue(), /client_secret: \{ secret: "entra-client-secret" \}/);
    await text.fill('version: 1\nimporters: 7\n');
    await page.getByText('Error in line 2').waitFor();
    await inspect('new-7-review-findings');
    await text.fill(given.definition);
    await page.getByText('Error in line 2').waitFor({ state: 'detached' });
    await press('Save and run now');
    await head('entra');
    await page.getByRole('cell', { name: 'Completed', exact: true }).waitFor({ timeout: 60_000 });
    await inspect('importer-runs');
  });

  await step('the run', async () => {
    await page.getByRole('table', { name: 'Runs' }).getByRole('link').first().click();
    await head('Run of entra');
    await page.getByRole('cell', { name: 'Entra User' }).waitFor();
    await inspect('run');
    await page.goBack();
    await head('entra');
  });

  await step('tabs', async () => {
    for (const [tab, proof] of [
      ['Definition', () => page.getByLabel('Definition of the importer')],
      ['Object types', () => page.locator('summary').filter({ hasText: 'Entra User' })],
      ['Schedule', () => page.getByText('It runs only when somebody starts it.')],
      ['Versions', () => page.getByText('Version 1, the first')],
    ]) {
      await page.getByRole('link', { name: tab, exact: true }).click();
      await proof().first().waitFor();
      await inspect(`importer-${tab.toLowerCase().replace(' ', '-')}`);
    }
  });

  await step('check', async () => {
    await page.getByRole('link', { name: 'Check', exact: true }).click();
    await press('Check now');
    await page.getByText('Everything works').waitFor();
    await inspect('importer-check');
  });

  await step('a new version, and back', async () => {
    await page.getByRole('link', { name: 'Definition', exact: true }).click();
    const text = page.getByLabel('Definition of the importer');
    await text.fill(`${given.definition.trimEnd()}\n    schedule: { daily: "02:30", time_zone: Europe/Berlin }\n`);
    await press('Save as a new version');
    await page.getByText('Version 2, by olga.').waitFor();
    await page.getByRole('link', { name: 'Schedule', exact: true }).click();
    await page.getByRole('table', { name: 'Next times' }).waitFor();
    assert.equal(await page.getByRole('row').count(), 11, 'not ten times');
    await inspect('importer-schedule-daily');
    await press('Pause schedule');
    await page.getByText('The schedule is paused').waitFor();
    await press('Resume schedule');
    await page.getByRole('link', { name: 'Versions', exact: true }).click();
    await page.locator('.diff .added').waitFor();
    await inspect('importer-versions-diff');
    await press('Go back to 1 ...');
    await press('Go back');
    await page.getByText('3 (in force)').waitFor();
  });

  await step('a held run is rejected with a reason', async () => {
    await press('Test run');
    await page.getByRole('cell', { name: 'Held', exact: true }).waitFor();
    await page.getByRole('row').filter({ hasText: 'Held' }).getByRole('link').first().click();
    await page.getByText('This run waits for your decision').waitFor();
    await inspect('run-held');
    assert.equal(await page.getByRole('button', { name: 'Approve ...' }).count(), 0, 'a limited run cannot be approved');
    await page.goto(origin + site);
    await page.getByRole('cell', { name: 'Held', exact: true }).waitFor();
    await page.goBack();
    await press('Reject ...');
    await page.getByLabel('Why').fill('Only a test');
    await inspect('run-held-question');
    await page.getByRole('dialog').getByRole('button', { name: 'Reject', exact: true }).click();
    await page.getByText('Cancelled', { exact: true }).first().waitFor();
    await page.getByText('Only a test').waitFor();
  });

  await step('looking', async () => {
    for (const [address, name, title] of [
      [site, 'overview', 'default'],
      [`${site}/runs?importer=entra`, 'runs', 'Runs'],
      [`${site}/secrets`, 'secrets', 'Secrets'],
      [`${site}/notices`, 'notices', 'Notices'],
      [`${site}/audit`, 'audit', 'Audit log'],
      [`${site}/settings`, 'settings', 'Settings of the site'],
      ['/admin/sites', 'sites', 'Sites'],
      ['/admin/audit', 'audit-installation', 'Audit log of the installation'],
      ['/me', 'me', 'olga'],
      [`${site}/importers/nothing`, 'not-there', 'nothing'],
    ]) {
      await page.goto(origin + address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (name !== 'overview') await head(title);
      await inspect(name);
    }
  });

  await step('an auditor looks and touches nothing', async () => {
    await page.goto(`${origin}/admin/admins`);
    await page.getByLabel('Name').fill('aude');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByLabel(/^Role at/).selectOption('auditor');
    await press('Add');
    await page.getByText('auditor of default').waitFor();
    await inspect('admins');
    await press('Sign out');
    await page.getByRole('heading', { name: 'Sign in to muster' }).waitFor();
    await inspect('sign-in');
    await sign_in('aude');
    await page.goto(`${origin}${site}`);
    await page.getByRole('link', { name: 'entra', exact: true }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'New importer' }).count(), 0);
    await page.goto(`${origin}${site}/importers/entra`);
    await page.getByRole('table', { name: 'Runs' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Run now' }).count(), 0);
    await page.goto(`${origin}/admin/admins`);
    await page.getByText('You may not see this').waitFor();
    await inspect('forbidden');
  });

  await step('by keyboard alone', async () => {
    await page.goto(`${origin}${site}/runs`);
    await head('Runs');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.getElementById('content')?.contains(document.activeElement)));
  });

  assert.deepEqual(faults, [], 'the pages complained');
} catch (error) {
  console.log(String(error), faults);
  process.exitCode = 1;
} finally {
  await browser.close();
}
