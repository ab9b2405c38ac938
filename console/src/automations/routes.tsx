import { page, recordRoutes } from '../record/routes.tsx'

/** Loaded together: who opens one of these pages opens the next. */
const pages = () => import('./pages.ts')

export const automationRoutes = recordRoutes(
  'automations',
  'automations:read',
  'automations:write',
  {
    list: async () => (await pages()).AutomationsPage,
    record: async () => (await pages()).AutomationPage,
    create: async () => (await pages()).NewAutomationPage,
    edit: async () => (await pages()).EditAutomationPage,
  },
  [page('runs/:id', async () => (await pages()).RunPage)],
)
