export { CallPage } from './call-page.tsx'
export { EditHookPage, NewHookPage } from './change-hook.tsx'
export { HookPage } from './hook-page.tsx'
export { HooksPage } from './hooks-page.tsx'
