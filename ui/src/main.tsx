import '@atlaskit/css-reset';
import './app/app.css';

import { createRoot } from 'react-dom/client';

import { App } from './app/App';
import { take_links } from './app/router';
import { chosen_theme, use_theme } from './app/theme';

take_links();
const place = document.getElementById('app');
// Colours first: nothing is painted twice.
void use_theme(chosen_theme()).finally(() => place && createRoot(place).render(<App />));
