import { page, recordRoutes } from '../record/routes.tsx'

export const automationRoutes = recordRoutes(
  'automations',
  'automations:read',
  'automations:write',
  {
    list: async () => (await import('./automations-page.tsx')).AutomationsPage,
    record: async () => (await import('./automation-page.tsx')).AutomationPage,
    create: async () => (await import('./change-automation.tsx')).NewAutomationPage,
    edit: async () => (await import('./change-automation.tsx')).EditAutomationPage,
  },
  [page('runs/:id', async () => (await import('./run-page.tsx')).RunPage)],
)
