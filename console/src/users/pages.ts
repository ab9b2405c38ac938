export { EditUserPage, NewUserPage } from './change-user.tsx'
export { ErasurePage } from './erasure-page.tsx'
export { UserPage } from './user-page.tsx'
export { ImportUsersPage, UsersPage, UserTrashPage } from './users-page.tsx'
