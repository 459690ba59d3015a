"""Speech: text becomes audio on this machine, sentence by sentence.

Promises: the first sentence is heard while the next is made; the same words are made once and then come from disk;
an engine that dies, hangs or answers nonsense harms one sentence at most and is started again; whoever hangs up ends
the work. The engines are free software under the GPL: each lives in a process of its own, and is an optional install.
"""
