// Light, dark, or as the system has it; the choice stays in this browser.
import { setGlobalTheme } from '@atlaskit/tokens/set-global-theme';

export type Theme = 'auto' | 'light' | 'dark';

export function chosen_theme(): Theme {
  const chosen = localStorage.getItem('theme');
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto';
}

export function use_theme(theme: Theme) {
  localStorage.setItem('theme', theme);
  return setGlobalTheme({ colorMode: theme, light: 'light', dark: 'dark', spacing: 'spacing', typography: 'typography' });
}
