"""COMSERV_URL=http://127.0.0.1:3000 CLIENT_ID=… CLIENT_SECRET=cs_live_… python create_document.py"""

import os

import comserv

client = comserv.Comserv(
    os.environ["COMSERV_URL"],
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    max_retries=4,
)

with client:
    try:
        # Sent up to five times, written once. The key is the row that this comes from: not even a program that was started
        # again writes it twice, for 24 hours.
        document = client.documents.create(
            title="Annual Report 2023",
            category="reports",
            status="published",
            idempotency_key="reports.csv-row-17",
        )
        print(f"document {document.id} is {document.status}")
    except comserv.ConflictError as error:
        print(error.details)
    except comserv.ConnectionError as error:
        print(f"the server cannot be reached: {error}")
