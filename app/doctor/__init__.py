"""`python -m app.doctor`: looks at everything this installation stands on, and says what to do about what is wrong.

It takes over what `python main.py --check` finds, which is whether each service could open as it is set, and adds what
is around: the machine, the wheels, the models, the watch limits, permissions. Nothing is started or changed, no secret
is printed, and a server that runs meanwhile is not disturbed.
"""
