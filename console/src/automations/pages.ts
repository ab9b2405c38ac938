export { AutomationPage } from './automation-page.tsx'
export { AutomationsPage } from './automations-page.tsx'
export { EditAutomationPage, NewAutomationPage } from './change-automation.tsx'
export { RunPage } from './run-page.tsx'
