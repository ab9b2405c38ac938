export { EditRolePage, NewRolePage } from './change-role.tsx'
export { RolePage } from './role-page.tsx'
export { RolesPage } from './roles-page.tsx'
