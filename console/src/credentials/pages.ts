export { EditCredentialPage, NewCredentialPage } from './change-credential.tsx'
export { CredentialPage } from './credential-page.tsx'
export { CredentialsPage } from './credentials-page.tsx'
