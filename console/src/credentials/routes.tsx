import { recordRoutes } from '../record/routes.tsx'

export const credentialRoutes = recordRoutes('developer/credentials', undefined, 'credentials:write', {
  list: async () => (await import('./credentials-page.tsx')).CredentialsPage,
  record: async () => (await import('./credential-page.tsx')).CredentialPage,
  create: async () => (await import('./change-credential.tsx')).NewCredentialPage,
  edit: async () => (await import('./change-credential.tsx')).EditCredentialPage,
})
