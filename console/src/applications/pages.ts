export { ApplicationPage } from './application-page.tsx'
export { ApplicationsPage } from './applications-page.tsx'
export { EditApplicationPage, NewApplicationPage } from './change-application.tsx'
