import { admin } from '../shell/page.tsx'

export const documentsTrail = [...admin, { label: 'Documents', to: '/console/documents' }]
