import { developer } from '../shell/page.tsx'

export const webhooksTrail = [...developer, { label: 'Webhooks', to: '/console/developer/webhooks' }]
