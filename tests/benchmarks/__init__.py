"""Programs that measure the desk against a floor or a peer in the same run; `./dev bench` runs them."""
