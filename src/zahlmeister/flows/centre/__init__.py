"""What happens in the customer centre: people come in, announce money, top up, pay from their balance."""
