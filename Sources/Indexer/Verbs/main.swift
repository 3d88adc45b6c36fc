print("rdadmin")
