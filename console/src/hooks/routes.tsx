import { page, recordRoutes } from '../record/routes.tsx'

/** Loaded together: who opens one of these pages opens the next. */
const pages = () => import('./pages.ts')

export const hookRoutes = recordRoutes(
  'developer/hooks',
  'admin',
  'admin',
  {
    list: async () => (await pages()).HooksPage,
    record: async () => (await pages()).HookPage,
    create: async () => (await pages()).NewHookPage,
    edit: async () => (await pages()).EditHookPage,
  },
  [page('calls/:id', async () => (await pages()).CallPage)],
)
