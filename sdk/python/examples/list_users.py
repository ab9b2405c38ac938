"""COMSERV_URL=http://127.0.0.1:3000 KEY=cs_live_… python list_users.py"""

import os

from comserv import Comserv

with Comserv(os.environ["COMSERV_URL"], api_key=os.environ["KEY"]) as comserv:
    page = comserv.users.list(status="active", limit=50)
    print(f"{page.meta.total_count} active users")

    # From the page that is there already on through all the others.
    for user in page:
        print(user.id, user.username, user.email)
