# For those whose fingers type make; everything is in ./dev.
.PHONY: demo test lint lock setup
demo test lint lock setup:
	@./dev $@
