import type { RouteObject } from 'react-router'
import { page } from '../record/routes.tsx'

/** Loaded together: who opens one of these pages opens the next. */
const pages = () => import('./pages.ts')

/** For everybody who is signed in: the server shows each person what they may see. */
export const requestRoutes: RouteObject = {
  path: 'developer/requests',
  children: [
    page(undefined, async () => (await pages()).RequestsPage),
    page('new', async () => (await pages()).NewRequestPage),
    page(':id', async () => (await pages()).RequestPage),
  ],
}
