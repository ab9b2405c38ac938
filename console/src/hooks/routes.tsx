import { page, recordRoutes } from '../record/routes.tsx'

export const hookRoutes = recordRoutes(
  'developer/hooks',
  'admin',
  'admin',
  {
    list: async () => (await import('./hooks-page.tsx')).HooksPage,
    record: async () => (await import('./hook-page.tsx')).HookPage,
    create: async () => (await import('./change-hook.tsx')).NewHookPage,
    edit: async () => (await import('./change-hook.tsx')).EditHookPage,
  },
  [page('calls/:id', async () => (await import('./call-page.tsx')).CallPage)],
)
