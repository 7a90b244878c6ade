"""What persons teach by deciding, and what settled payments show; never an automatic decision alone."""
