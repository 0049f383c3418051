import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npm run dev` shows the pages of this folder over the API of a running `muster serve`.
const service = process.env.MUSTER_SERVICE ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  // The policy of the service allows no script and no picture that is written into a page.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000 },
  server: { proxy: { '/api': service, '/sign-in/oidc': service } },
});
