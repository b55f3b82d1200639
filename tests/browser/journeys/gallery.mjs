// Every page in every state: no accessibility finding, wide and light.
import { walkGallery } from '../lib/gallery.mjs';

// Some hundred pages, each looked at by axe.
export const seconds = 900;
export const name = 'every gallery page passes axe, wide and light';

export async function run(given) {
  await walkGallery(given, { viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
}
