print("redirect-edge")
